mod sound;
