use super::*;

const DATE: &str = "Tue, 14 Nov 2023 22:13:22 GMT";
const MODIFIED: &str = "Tue, 14 Nov 2023 22:13:20 GMT";

fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn ask(range: &str, length: usize) -> Wanted {
    let request = fields(&[("range", range)]);
    wanted(
        &Method::GET,
        &request,
        StatusCode::OK,
        &HeaderMap::new(),
        length,
    )
}

#[test]
#[allow(clippy::single_range_in_vec_init, reason = "a list of one range")]
fn a_range_is_cut_to_the_body() {
    let parts = |parts: &[Range<usize>]| Wanted::Parts(parts.to_vec());
    for (range, expected) in [
        ("bytes=0-3", parts(&[0..4])),
        ("bytes=5-", parts(&[5..10])),
        ("bytes=-3", parts(&[7..10])),
        ("bytes=-99", parts(&[0..10])),
        ("bytes=8-99999999999999999999999", parts(&[8..10])),
        ("Bytes= 0-0 , , 9-9", parts(&[0..1, 9..10])),
        ("bytes=9-9,0-0", parts(&[9..10, 0..1])),
        ("bytes=0-1,20-30", parts(&[0..2])),
        ("bytes=10-", Wanted::Nothing),
        ("bytes=10-12, 11-", Wanted::Nothing),
        ("bytes=-0", Wanted::Nothing),
        ("bytes=3-2", Wanted::Whole),
        ("bytes=-", Wanted::Whole),
        ("bytes=", Wanted::Whole),
        ("bytes=a-b", Wanted::Whole),
        ("bytes=1-2-3", Wanted::Whole),
        ("bytes=+1-2", Wanted::Whole),
        ("lines=1-2", Wanted::Whole),
        ("bytes", Wanted::Whole),
    ] {
        assert_eq!(ask(range, 10), expected, "{range}");
    }
    assert_eq!(ask("bytes=0-", 0), Wanted::Nothing);
}

#[test]
fn costly_sets_of_ranges_get_the_whole_body() {
    assert_eq!(
        ask("bytes=0-5,4-9", 10),
        Wanted::Whole,
        "as long as the body"
    );
    assert_eq!(
        ask("bytes=0-10,5-15,7-20", 1000),
        Wanted::Whole,
        "three overlap"
    );
    assert_eq!(
        ask("bytes=0-10,5-15", 1000),
        Wanted::Parts(vec![0..11, 5..16])
    );
    let nine = "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16";
    assert_eq!(ask(nine, 1000), Wanted::Whole);
}

#[test]
fn a_range_counts_only_for_the_copy_that_the_client_has() {
    let strong = [("etag", "\"a\"")];
    let weak = [("etag", "W/\"a\"")];
    let dated = [("last-modified", MODIFIED), ("date", DATE)];
    let fresh = [("last-modified", MODIFIED), ("date", MODIFIED)];
    for (condition, stored, holds) in [
        ("\"a\"", &strong[..], true),
        ("\"b\"", &strong, false),
        ("W/\"a\"", &weak, false),
        ("\"a\"", &weak, false),
        (MODIFIED, &dated, true),
        (DATE, &dated, false),
        (MODIFIED, &fresh, false),
        (MODIFIED, &strong, false),
        ("x", &dated, false),
    ] {
        let request = fields(&[("range", "bytes=0-1"), ("if-range", condition)]);
        let found = wanted(&Method::GET, &request, StatusCode::OK, &fields(stored), 10);
        assert_eq!(found != Wanted::Whole, holds, "{condition} {stored:?}");
    }
}

#[test]
fn only_a_get_of_a_200_has_ranges() {
    let request = fields(&[("range", "bytes=0-1")]);
    let stored = HeaderMap::new();
    let head = wanted(&Method::HEAD, &request, StatusCode::OK, &stored, 10);
    let missing = wanted(&Method::GET, &request, StatusCode::NOT_FOUND, &stored, 10);
    let twice = fields(&[("range", "bytes=0-1"), ("range", "bytes=2-3")]);
    let twice = wanted(&Method::GET, &twice, StatusCode::OK, &stored, 10);
    assert_eq!(
        [head, missing, twice],
        [Wanted::Whole, Wanted::Whole, Wanted::Whole]
    );
}

#[test]
fn several_parts_are_one_body_that_no_part_can_end() {
    let body = Bytes::from_static(b"0123456789");
    let whole = multipart(&body, &[0..2, 8..10], Some("text/plain"), "b7").unwrap();
    let expected = "\r\n--b7\r\ncontent-type: text/plain\r\ncontent-range: bytes 0-1/10\r\n\r\n01\
                    \r\n--b7\r\ncontent-type: text/plain\r\ncontent-range: bytes 8-9/10\r\n\r\n89\
                    \r\n--b7--\r\n";
    assert_eq!(whole, expected);
    assert_eq!(multipart(&body, &[0..2, 8..10], None, "345"), None);
    assert_eq!(multipart(&body, &[0..2, 8..10], None, "a\r\nb"), None);
}
