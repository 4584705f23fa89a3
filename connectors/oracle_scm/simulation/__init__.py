"""A stand-in for a pod, as strict about logins, expressions and attributes as Oracle's."""
