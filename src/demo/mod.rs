//! A simulated fleet that really obeys the flag file and really writes events.
