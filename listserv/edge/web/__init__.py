"""The pages people reach by a link: `Web` is the door, `app` says what stands where, each noun has a file."""
