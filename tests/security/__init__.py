"""Attacks on the product, by us: `README.md` lists them and says where each is tried."""
