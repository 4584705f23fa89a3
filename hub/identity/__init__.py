"""Identity: which records of which systems are one company, and why."""
