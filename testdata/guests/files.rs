// A Rust command that writes, reads, moves and removes files below its first argument, and exits with 9.
use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write, BufRead, Seek, SeekFrom};
fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let dir = &args[1];
    let path = format!("{dir}/words.txt");
    let mut f = fs::File::create(&path)?;
    for i in 0..10000 { writeln!(f, "word{} {}", i % 97, i)?; }
    drop(f);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for line in std::io::BufReader::new(fs::File::open(&path)?).lines() {
        let l = line?;
        *counts.entry(l.split(' ').next().unwrap().to_string()).or_default() += 1;
    }
    let mut v: Vec<_> = counts.into_iter().collect();
    v.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    println!("{:?}", &v[..3]);
    fs::create_dir_all(format!("{dir}/a/b"))?;
    fs::rename(&path, format!("{dir}/a/b/w.txt"))?;
    println!("{:?} {}", fs::metadata(format!("{dir}/a/b/w.txt"))?.len(), fs::metadata(&path).is_err());
    let mut f = fs::OpenOptions::new().read(true).write(true).open(format!("{dir}/a/b/w.txt"))?;
    f.seek(SeekFrom::End(-5))?; let mut s = String::new(); f.read_to_string(&mut s)?; println!("{s:?}");
    for e in fs::read_dir(format!("{dir}/a"))? { println!("{:?}", e?.file_name()); }
    fs::remove_dir_all(format!("{dir}/a"))?;
    println!("{:?}", fs::read("/no/such").unwrap_err().kind());
    println!("{:?}", std::env::var("FOO"));
    std::process::exit(9);
}
