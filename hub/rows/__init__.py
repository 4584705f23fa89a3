"""The row path: pages of dicts become batches, a whole column at a time, without pyarrow."""
