/** Starts and ends: what a start of Node costs. */
