"""The partner's HTTP API: one client, typed answers, no redirects and no secrets in anything it keeps."""
