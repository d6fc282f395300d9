"""The only raw SQL of the product: statements both engines understand, and what differs between them."""
