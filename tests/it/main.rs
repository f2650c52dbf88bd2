//! The one integration test binary.

mod demo_lake;
