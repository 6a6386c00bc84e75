"""The console's views: each shows its models and says by signals what the person asked for."""
