//! cm-registry
