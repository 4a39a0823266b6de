use super::*;

#[test]
fn a_frame_comes_back_as_it_was() {
    let frame = pack(b"hello", Limit::Control).unwrap();
    assert_eq!(frame, b"\0\0\0\x05hello");
    assert_eq!(unpack(&frame, Limit::Control), Ok(Some(5)));
}

#[test]
fn a_frame_that_is_not_whole_waits() {
    let frame = pack(b"hello", Limit::Control).unwrap();
    for end in 0..frame.len() {
        assert_eq!(unpack(&frame[..end], Limit::Control), Ok(None));
    }
}

#[test]
fn a_claim_over_the_limit_is_refused_before_its_bytes_come() {
    let claim = u32::MAX.to_be_bytes();
    assert_eq!(unpack(&claim, Limit::Bulk), Err(u32::MAX as usize));
    let over = u32::try_from(Limit::Join.bytes() + 1).unwrap().to_be_bytes();
    assert_eq!(unpack(&over, Limit::Join), Err(Limit::Join.bytes() + 1));
    assert!(pack(&vec![0; Limit::Join.bytes() + 1], Limit::Join).is_none());
}

#[test]
fn bytes_left_over_are_refused() {
    let mut bytes = encode(&7_u8).unwrap();
    bytes.push(0);
    assert!(matches!(decode::<u8>(&bytes), Err(CodecError::LeftOver { left: 1 })));
}

#[test]
fn a_length_that_claims_everything_takes_no_memory() {
    // 253 announces eight bytes of length: 2⁶⁴ - 1 elements.
    let claim = [&[253][..], &[0xff; 8]].concat();
    assert!(decode::<Vec<u8>>(&claim).is_err());
    assert!(decode::<String>(&claim).is_err());
    assert!(decode::<Vec<String>>(&claim).is_err());
    assert!(decode::<std::collections::BTreeMap<u64, u64>>(&claim).is_err());
}

#[test]
fn a_message_over_the_largest_frame_is_not_written() {
    assert!(encode(&vec![0_u8; 2 << 20]).is_err());
}
