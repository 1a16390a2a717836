// SluiceReplay
