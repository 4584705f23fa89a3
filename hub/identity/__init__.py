"""Identity: which records of which systems are one company, and why.

The engine is pure: records in, clusters, links, reviews and relations out. It knows no store and no command line; its
working tables live on a DuckDB connection that the caller gives, in memory or as a file that the next run goes on from.

    resolver = Resolver(duckdb.connect("identity.duckdb"))
    resolver.load(pages)                      # pages of `records.COLUMNS`, texts; `id` is unique over all sources
    resolver.resolve(decisions)               # everything; or, with a file of the last run:
    resolver.resolve_changed(pages, gone, decisions)

    resolver.clusters()    id, cluster (the smallest id in it)     every record once
    resolver.links()       left, right, score, rule, level, w_...  pairs inside clusters, with bits of evidence by field
    resolver.reviews()     the same                                what a person is asked, once for each two clusters
    resolver.conflicts()   the same, with veto                     kept apart although the score would link them
    resolver.relations()   left, right, kind                       parent, bill to, branch, VAT group
    resolver.skipped()     block, records                          keys that more records share than are compared
    explain(resolver, left, right)                                 one pair in sentences

How it decides. `records` turns rows into features (`names`, `forms`, `taxes`, `numbers`, `reach`, `places`);
`frequencies` counts how often each value occurs and so finds placeholders, VAT groups and shared hosts; `blocks` finds
what is worth comparing; `scoring` adds up the `evidence` of each field in bits (`weights`), an agreement weighing the
more the rarer its value; `grouping` forms clusters of what fits on average, and never of what a veto or a person keeps
apart.

`products` does the same for products by GTIN, SKU and SKU patterns. `evaluate` measures against what is known.

Why not Splink: its models would have to be told what a word of a name weighs, what vetoes, what is a placeholder, and
what would be left of it is the SQL. Scores here are sums of shipped weights, computed in DuckDB by joins, groups and
windows, so nothing is trained, no pandas is loaded, and 50 records are judged like 5 million. On Spark (`on_spark`) the
joins run as Spark's own SQL, and what Spark lacks (`jaro_winkler_similarity`, `damerau_levenshtein`, names compared
word by word in Python) runs on its workers in the same DuckDB and the same Python as here.
"""
