//! cm-effects
