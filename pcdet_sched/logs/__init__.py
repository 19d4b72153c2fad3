"""What a real run logged, beside what was planned."""
