"""What only the whole chain can show: who has not fetched, and whether it goes on."""
