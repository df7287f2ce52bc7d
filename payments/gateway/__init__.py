"""The only place that speaks to Stripe: one module per noun. Nothing here touches the database or runs inside a transaction."""
