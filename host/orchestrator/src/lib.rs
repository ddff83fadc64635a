//! cm-orchestrator
