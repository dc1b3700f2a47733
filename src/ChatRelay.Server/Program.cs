Console.WriteLine("chatrelay");
