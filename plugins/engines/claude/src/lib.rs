//! cm-engine-claude
