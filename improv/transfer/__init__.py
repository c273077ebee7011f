"""What comes in and goes out as files: CSV of any maker, mapped to the records."""
