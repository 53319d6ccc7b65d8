"""Finding things by words, by meaning, by pictures and by what is said in them. Start reading in `answering`."""
