//! cm-engine-opencode
