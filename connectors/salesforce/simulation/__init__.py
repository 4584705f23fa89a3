"""What the simulator is made of: the org's objects, its data, SOQL, and query jobs."""
