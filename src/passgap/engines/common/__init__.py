"""What engines that handle tokens themselves share."""
