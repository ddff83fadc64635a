//! cm-engine-codex
