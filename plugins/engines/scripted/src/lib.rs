//! cm-engine-scripted
