"""What the hub hands on: its tables, golden records and numbers, to files, Tableau, Power BI and other publishers."""
