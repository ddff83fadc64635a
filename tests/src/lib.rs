//! End-to-end tests of the `cm` program; they are in `e2e/`.
