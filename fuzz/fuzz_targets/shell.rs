#![no_main]

const PLAIN: &[(&str, &str)] = &[("program", "agent")];
const LINES: &[(&str, &str)] = &[
    ("program", "agent"),
    ("output", "json-lines"),
    ("text", "/text if /type=say"),
    ("session", "/session"),
    ("final", "/answer"),
    ("error", "/error"),
    ("usage-input", "/usage/input"),
    ("usage-output", "/usage/output"),
    ("usage-cost", "/usage/cost"),
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cm_fuzz::turn_with::<cm_engine_shell::Shell>(PLAIN, data);
    cm_fuzz::turn_with::<cm_engine_shell::Shell>(LINES, data);
});
