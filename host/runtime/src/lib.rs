//! cm-runtime
