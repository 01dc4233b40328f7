use super::*;

fn fault(text: &str) -> (PeppersFault, Option<usize>) {
    let error = Peppers::read(text).unwrap_err();
    (error.fault(), error.line())
}

fn hex(number: u8) -> String {
    key(number)
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn what_is_written_is_read_back_in_its_order() {
    let peppers = ring("new", 1).with_live(id("old"), key(2)).unwrap();
    let mut text = String::new();
    peppers.write(&mut text).unwrap();
    assert_eq!(text, format!("new {}\nold {}\n", hex(1), hex(2)));
    let read = Peppers::read(&format!("# peppers\r\n\r\n{text}\n#end")).unwrap();
    assert_eq!(read.ids().collect::<Vec<_>>(), [id("new"), id("old")]);
    assert_eq!(read.current_id(), id("new"));
    let mut again = String::new();
    read.write(&mut again).unwrap();
    assert_eq!(again, text);
    assert!(Peppers::read(&text.to_uppercase().replace("NEW", "new")).is_ok());
}

#[test]
fn a_fault_is_told_with_its_line_and_without_the_key() {
    let good = format!("k1 {}\n", hex(1));
    for (line, wanted) in [
        (format!("k2\t{}", hex(2)), PeppersFault::Form),
        ("k2".to_owned(), PeppersFault::Form),
        (format!("k2  {}", hex(2)), PeppersFault::Key),
        (format!(" {}", hex(2)), PeppersFault::Id),
        (format!("ninechars {}", hex(2)), PeppersFault::Id),
        (format!("k2 {}0", hex(2)), PeppersFault::Key),
        (format!("k2 {}", &hex(2)[1..]), PeppersFault::Key),
        (format!("k2 {}g", &hex(2)[1..]), PeppersFault::Key),
        (format!("k2 {}ä", &hex(2)[2..]), PeppersFault::Key),
        (format!("k2 {}", "0".repeat(64)), PeppersFault::ZeroKey),
        (format!("k1 {}", hex(2)), PeppersFault::DuplicateId),
        (format!("k2 {}", hex(1)), PeppersFault::DuplicateKey),
    ] {
        assert_eq!(
            fault(&format!("#\n{good}{line}\n")),
            (wanted, Some(3)),
            "{line}"
        );
        let error = Peppers::read(&line).err().map(|error| error.to_string());
        assert!(!error.unwrap_or_default().contains(&hex(2)[8..16]));
    }
    assert_eq!(fault("# none\n"), (PeppersFault::Empty, None));
    assert_eq!(fault(""), (PeppersFault::Empty, None));
    let long = "#".repeat(Peppers::MAX_TEXT + 1);
    assert_eq!(fault(&long), (PeppersFault::TooLong, None));
}

#[test]
fn there_are_at_most_16_keys() {
    let lines = |count: u8| -> String {
        (1..=count)
            .map(|number| format!("k{number} {}\n", hex(number)))
            .collect()
    };
    assert_eq!(Peppers::read(&lines(16)).unwrap().ids().count(), 16);
    assert_eq!(fault(&lines(17)), (PeppersFault::TooMany, Some(17)));
}

#[test]
fn debug_shows_ids_and_no_key() {
    let peppers = ring("k1", 0x41).accept_unpeppered();
    let shown = format!("{peppers:?} {:?}", key(0x41));
    assert_eq!(
        shown,
        "Peppers[PepperKeyId(k1)] and unpeppered rows PepperKey(..)"
    );
    assert_eq!(
        PepperKey::new([0; 32]).unwrap_err().fault(),
        PeppersFault::ZeroKey
    );
    assert_ne!(
        PepperKey::random().unwrap().as_bytes(),
        PepperKey::random().unwrap().as_bytes()
    );
}
