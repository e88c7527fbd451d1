"""RFC 3161 time stamps on checkpoints: asking for them, reading them, and the certificates behind them."""
