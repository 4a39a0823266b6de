//! Who is on the other end.
