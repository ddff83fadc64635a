#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cm_fuzz::turn::<cm_engine_vibe::Vibe>(data));
