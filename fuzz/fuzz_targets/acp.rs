#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    cm_fuzz::turn_with::<cm_engine_acp::Acp>(&[("program", "agent")], data);
});
