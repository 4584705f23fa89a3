"""One file a family of bars; each has `main(table, orders)`."""
