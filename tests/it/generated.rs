//! A service that nobody has seen before runs like any other.
