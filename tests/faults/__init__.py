"""The whole system in its own processes, under outages and kills; the truth is kept outside the product."""
