"""The canonical model: one meaning for every word, whatever the source calls it.

`tables` holds the SQLModel tables, the one place where the model is declared; `catalog` is the light description
derived from them, which is all that connectors and the sync path need.
"""
