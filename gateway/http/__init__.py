"""The only home of Quart in the gateway: routes, pages, problems."""
