//! cm-journal
