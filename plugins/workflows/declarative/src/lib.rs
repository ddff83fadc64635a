//! cm-workflow-declarative
