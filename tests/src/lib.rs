//! cm-tests
