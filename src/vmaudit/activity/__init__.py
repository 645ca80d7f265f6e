"""What happened: rows of logs become a ledger of requests, and of the time that the logs speak of."""
