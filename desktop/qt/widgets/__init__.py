"""Small widgets that every view is built from; none of them knows a model."""
