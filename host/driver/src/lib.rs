//! cm-driver
