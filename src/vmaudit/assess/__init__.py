"""Judge: facts and rules become verdicts and grades. Knows no Azure JSON and reads no clock."""
